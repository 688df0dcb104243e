/// \file Booked.hxx
/// \brief Booked results and their variations behind one plain class: what Python holds, and C++ may.
#ifndef GRADCUT_RDF_BOOKED_HXX
#define GRADCUT_RDF_BOOKED_HXX

#include <gradcut/rdf/Moments.hxx>

#include <ROOT/RDF/RResultMap.hxx>
#include <ROOT/RResultHandle.hxx>
#include <ROOT/RResultPtr.hxx>

#include <memory>
#include <string>
#include <vector>

namespace GradCut {

/// A lazy result of any action of gradcut.
class Booked {
public:
   virtual ~Booked() = default;
   /// \brief Ask for the results of all variations (`Vary`) as well. Once is enough; before or after the loop.
   virtual void BookVariations() = 0;
   /// "nominal", and the variations if they were asked for and the result depends on any.
   virtual std::vector<std::string> Variations() const = 0;
   /// Handles of everything asked for, computed or not.
   virtual std::vector<ROOT::RDF::RResultHandle> Handles() const = 0;
   /// Run the event loop unless everything that was asked for is there.
   virtual void Compute() = 0;
};

/// \brief Compute results of one or several RDataFrames: one event loop each, concurrently with several threads.
void Run(const std::vector<std::shared_ptr<Booked>> &results);

/// The moments that an action computes.
class BookedMoments final : public Booked {
public:
   explicit BookedMoments(ROOT::RDF::RResultPtr<Moments> nominal) : fNominal(std::move(nominal)) {}

   void BookVariations() final;
   std::vector<std::string> Variations() const final;
   std::vector<ROOT::RDF::RResultHandle> Handles() const final;
   void Compute() final;
   /// \brief One result; runs the loop if need be.
   const Moments &Get(const std::string &variation = "nominal");

private:
   ROOT::RDF::RResultPtr<Moments> fNominal;
   std::unique_ptr<ROOT::RDF::Experimental::RResultMap<Moments>> fVaried;
};

} // namespace GradCut

#endif

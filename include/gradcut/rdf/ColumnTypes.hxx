/// \file ColumnTypes.hxx
/// \brief Which C++ types the columns of a node have, and conversions compiled ahead of time.
#ifndef GRADCUT_RDF_COLUMNTYPES_HXX
#define GRADCUT_RDF_COLUMNTYPES_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <string>
#include <vector>

namespace GradCut {

/// Element types of the columns that gradcut reads without the just-in-time compiler.
enum class EElement {
   kBool,
   kChar,
   kSChar,
   kUChar,
   kShort,
   kUShort,
   kInt,
   kUInt,
   kLong,
   kULong,
   kLong64,
   kULong64,
   kFloat,
   kDouble,
   kOther
};

/// Type of a column: an element, or an RVec of them.
struct ColumnType {
   EElement fElement = EElement::kOther;
   bool fIsVector = false;
   std::string fName; ///< as RDataFrame spells it

   bool IsScalar() const { return fElement != EElement::kOther && !fIsVector; }
};

/// \brief Understand the name of a type as RDataFrame spells it (`Float_t`, `std::int32_t`,
/// `ROOT::VecOps::RVec<float>`).
ColumnType ParseColumnType(const std::string &name);

/// \brief The type of a column.
/// \throws std::invalid_argument when the node has no such column; the message begins with "unknown column"
ColumnType GetColumnType(ROOT::RDF::RNode &node, const std::string &column);

/// \brief The type of a column that must hold one number per event.
/// \throws std::invalid_argument when it does not
ColumnType GetScalarType(ROOT::RDF::RNode &node, const std::string &column);

/// \brief A column's value as another type, minus an offset that is subtracted in double.
/// \param[in,out] node gets a Define of a fresh name `_gradcut_...`
/// \return the name
std::string DefineAsFloat(ROOT::RDF::RNode &node, const std::string &column, double offset = 0.);
/// The same in double.
std::string DefineAsDouble(ROOT::RDF::RNode &node, const std::string &column);
/// A column of ones.
std::string DefineOne(ROOT::RDF::RNode &node);

/// A column name that no one else uses.
std::string FreshColumnName(const std::string &purpose);

} // namespace GradCut

#endif

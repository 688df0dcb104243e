/// \file ElementDispatch.hxx
/// \brief From an element type known at run time to one known at compile time.
#ifndef GRADCUT_RDF_ELEMENTDISPATCH_HXX
#define GRADCUT_RDF_ELEMENTDISPATCH_HXX

#include <gradcut/rdf/ColumnTypes.hxx>

#include <RtypesCore.h>

#include <stdexcept>

namespace GradCut {
namespace Internal {

template <class T>
struct Tag {
   using Type = T;
};

/// Call `function(Tag<T>{})` with the C++ type of an element.
template <class Function>
auto DispatchElement(EElement element, Function &&function)
{
   switch (element) {
   case EElement::kBool: return function(Tag<bool>{});
   case EElement::kChar: return function(Tag<char>{});
   case EElement::kSChar: return function(Tag<signed char>{});
   case EElement::kUChar: return function(Tag<unsigned char>{});
   case EElement::kShort: return function(Tag<short>{});
   case EElement::kUShort: return function(Tag<unsigned short>{});
   case EElement::kInt: return function(Tag<int>{});
   case EElement::kUInt: return function(Tag<unsigned int>{});
   case EElement::kLong: return function(Tag<long>{});
   case EElement::kULong: return function(Tag<unsigned long>{});
   case EElement::kLong64: return function(Tag<Long64_t>{});
   case EElement::kULong64: return function(Tag<ULong64_t>{});
   case EElement::kFloat: return function(Tag<float>{});
   case EElement::kDouble: return function(Tag<double>{});
   case EElement::kOther: break;
   }
   throw std::logic_error("GradCut: a column type was not checked before use");
}

} // namespace Internal
} // namespace GradCut

#endif
